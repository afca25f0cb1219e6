/**
 * JSON merge patch (RFC 7396): an absent field is untouched, `null` clears it to its default.
 *
 * @param dueOn Due on this day, wherever the user is, from 1900 on. Not with `dueAt`.
 * @param dueAt Due at this moment, from 1900 on. Not with `dueOn`.
 * @param title Left out, it stays; it cannot be cleared.
 * @param notes 
 * @param completed 
 * @param priority 
 * @param tags 
 * @param list 
 */
@Serializable

data class TodoPatch (

    /* Due on this day, wherever the user is, from 1900 on. Not with `dueAt`. */
    @Contextual @SerialName(value = "dueOn")
    val dueOn: java.time.LocalDate? = null,

    /* Due at this moment, from 1900 on. Not with `dueOn`. */
    @Contextual @SerialName(value = "dueAt")
    val dueAt: java.time.OffsetDateTime? = null,

    /* Left out, it stays; it cannot be cleared. */
    @SerialName(value = "title")
    val title: kotlin.String? = null,

    @SerialName(value = "notes")
    val notes: kotlin.String? = null,

    @SerialName(value = "completed")
    val completed: kotlin.Boolean? = null,

    @Contextual @SerialName(value = "priority")
    val priority: Priority? = null,

    @SerialName(value = "tags")
    val tags: kotlin.collections.List<kotlin.String>? = null,

    @SerialName(value = "list")
    val list: kotlin.String? = null

) {


}

