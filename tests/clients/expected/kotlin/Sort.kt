/**
 * 
 *
 * Values: created,due
 */
@Serializable
enum class Sort(val value: kotlin.String) {

    @SerialName(value = "created")
    created("created"),

    @SerialName(value = "due")
    due("due");

    /**
     * Override [toString()] to avoid using the enum variable name as the value, and instead use
     * the actual value defined in the API spec file.
     *
     * This solves a problem when the variable name and its value are different, and ensures that
     * the client sends the correct enum values to the server always.
     */
    override fun toString(): kotlin.String = value

    companion object {
        /**
         * Converts the provided [data] to a [String] on success, null otherwise.
         */
        fun encode(data: kotlin.Any?): kotlin.String? = if (data is Sort) "$data" else null

        /**
         * Returns a valid [Sort] for [data], null otherwise.
         */
        fun decode(data: kotlin.Any?): Sort? = data?.let {
          val normalizedData = "$it".lowercase()
          entries.firstOrNull { value ->
            it == value || normalizedData == "$value".lowercase()
          }
        }
    }
}


