/**
 * Put each part to its URL, in any order, then complete the file with their ETags.
 *
 * @param kind 
 * @param uploadId 
 * @param partSize 
 * @param parts 
 * @param expiresAt 
 */
@Serializable

data class UploadParts (

    @SerialName(value = "kind")
    val kind: UploadParts.Kind = Kind.parts,

    @SerialName(value = "uploadId")
    val uploadId: kotlin.String,

    @SerialName(value = "partSize")
    val partSize: kotlin.Int,

    @SerialName(value = "parts")
    val parts: kotlin.collections.List<UploadPart>,

    @Contextual @SerialName(value = "expiresAt")
    val expiresAt: java.time.OffsetDateTime

) {

    /**
     * 
     *
     * Values: parts
     */
    @Serializable
    enum class Kind(val value: kotlin.String) {
        @SerialName(value = "parts") parts("parts");
    }

}

