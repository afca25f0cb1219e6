/**
 * Post `multipart/form-data` to `url`: all `fields` as they are, then the file as `file`.
 *
 * @param kind 
 * @param url 
 * @param fields 
 * @param expiresAt 
 */
@Serializable

data class UploadForm (

    @SerialName(value = "kind")
    val kind: UploadForm.Kind = Kind.form,

    @SerialName(value = "url")
    val url: kotlin.String,

    @SerialName(value = "fields")
    val fields: kotlin.collections.Map<kotlin.String, kotlin.String>,

    @Contextual @SerialName(value = "expiresAt")
    val expiresAt: java.time.OffsetDateTime

) {

    /**
     * 
     *
     * Values: form
     */
    @Serializable
    enum class Kind(val value: kotlin.String) {
        @SerialName(value = "form") form("form");
    }

}

