/**
 * 
 *
 * Values: none,low,medium,high
 */
@Serializable
enum class Priority(val value: kotlin.String) {

    @SerialName(value = "none")
    none("none"),

    @SerialName(value = "low")
    low("low"),

    @SerialName(value = "medium")
    medium("medium"),

    @SerialName(value = "high")
    high("high");

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
        fun encode(data: kotlin.Any?): kotlin.String? = if (data is Priority) "$data" else null

        /**
         * Returns a valid [Priority] for [data], null otherwise.
         */
        fun decode(data: kotlin.Any?): Priority? = data?.let {
          val normalizedData = "$it".lowercase()
          entries.firstOrNull { value ->
            it == value || normalizedData == "$value".lowercase()
          }
        }
    }
}


