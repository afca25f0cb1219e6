/**
 * A new file, and how to upload it.
 *
 * @param file 
 * @param upload A form up to 100 MiB, parts above; `null` when it is not awaited any more.
 */
@Serializable

data class FileCreated (

    @SerialName(value = "file")
    val file: FileOut,

    /* A form up to 100 MiB, parts above; `null` when it is not awaited any more. */
    @SerialName(value = "upload")
    val upload: Upload?

) {


}

