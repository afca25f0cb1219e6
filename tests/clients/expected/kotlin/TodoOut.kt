/**
 * A to-do.
 *
 * @param id 
 * @param title 
 * @param notes 
 * @param completed 
 * @param completedAt 
 * @param dueOn 
 * @param dueAt 
 * @param priority 
 * @param tags 
 * @param list 
 * @param createdAt 
 * @param updatedAt 
 * @param version Raised by each change of this to-do; its ETag.
 * @param revision The user's counter when this to-do last changed.
 */
@Serializable

data class TodoOut (

    @Contextual @SerialName(value = "id")
    val id: java.util.UUID,

    @SerialName(value = "title")
    val title: kotlin.String,

    @SerialName(value = "notes")
    val notes: kotlin.String,

    @SerialName(value = "completed")
    val completed: kotlin.Boolean,

    @Contextual @SerialName(value = "completedAt")
    val completedAt: java.time.OffsetDateTime?,

    @Contextual @SerialName(value = "dueOn")
    val dueOn: java.time.LocalDate?,

    @Contextual @SerialName(value = "dueAt")
    val dueAt: java.time.OffsetDateTime?,

    @Contextual @SerialName(value = "priority")
    val priority: Priority,

    @SerialName(value = "tags")
    val tags: kotlin.collections.List<kotlin.String>,

    @SerialName(value = "list")
    val list: kotlin.String,

    @Contextual @SerialName(value = "createdAt")
    val createdAt: java.time.OffsetDateTime,

    @Contextual @SerialName(value = "updatedAt")
    val updatedAt: java.time.OffsetDateTime,

    /* Raised by each change of this to-do; its ETag. */
    @SerialName(value = "version")
    val version: kotlin.Int,

    /* The user's counter when this to-do last changed. */
    @SerialName(value = "revision")
    val revision: kotlin.Int

) {


}

