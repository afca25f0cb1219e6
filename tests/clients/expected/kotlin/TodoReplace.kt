/**
 * A whole to-do, as PUT takes it: what is left out gets its default.
 *
 * @param title 
 * @param dueOn Due on this day, wherever the user is, from 1900 on. Not with `dueAt`.
 * @param dueAt Due at this moment, from 1900 on. Not with `dueOn`.
 * @param notes 
 * @param completed 
 * @param priority 
 * @param tags 
 * @param list 
 */
@Serializable

data class TodoReplace (

    @SerialName(value = "title")
    val title: kotlin.String,

    /* Due on this day, wherever the user is, from 1900 on. Not with `dueAt`. */
    @Contextual @SerialName(value = "dueOn")
    val dueOn: java.time.LocalDate? = null,

    /* Due at this moment, from 1900 on. Not with `dueOn`. */
    @Contextual @SerialName(value = "dueAt")
    val dueAt: java.time.OffsetDateTime? = null,

    @SerialName(value = "notes")
    val notes: kotlin.String? = "",

    @SerialName(value = "completed")
    val completed: kotlin.Boolean? = false,

    @Contextual @SerialName(value = "priority")
    val priority: Priority? = null,

    @SerialName(value = "tags")
    val tags: kotlin.collections.List<kotlin.String>? = null,

    @SerialName(value = "list")
    val list: kotlin.String? = "inbox"

) {


}

