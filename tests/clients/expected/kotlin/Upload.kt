/**
 * How to upload a file; `kind` says which of the two.
 *
 */
@Serializable(with = UploadSerializer::class)
sealed interface Upload {
    @JvmInline
     value class FormWrapper(val value: UploadForm) : Upload

    @JvmInline
     value class PartsWrapper(val value: UploadParts) : Upload

}

object UploadSerializer : KSerializer<Upload> {
    override val descriptor: SerialDescriptor = buildClassSerialDescriptor("Upload")

    override fun serialize(encoder: Encoder, value: Upload) {
        require(encoder is JsonEncoder)
        val jsonObject = when (value) {
            is Upload.FormWrapper -> {
                val jsonMap = encoder.json.encodeToJsonElement(UploadForm.serializer(), value.value).jsonObject.toMutableMap()
                jsonMap["kind"] = JsonPrimitive("form")
                JsonObject(jsonMap)
            }
            is Upload.PartsWrapper -> {
                val jsonMap = encoder.json.encodeToJsonElement(UploadParts.serializer(), value.value).jsonObject.toMutableMap()
                jsonMap["kind"] = JsonPrimitive("parts")
                JsonObject(jsonMap)
            }
        }
        encoder.encodeJsonElement(jsonObject)
    }

    override fun deserialize(decoder: Decoder): Upload {
        require(decoder is JsonDecoder)
        val element = decoder.decodeJsonElement().jsonObject

        val discriminatorValue = element["kind"]?.jsonPrimitive?.content
            ?: throw SerializationException("Missing kind field")

        return when (discriminatorValue) {
            "form" -> {
                val decoded = decoder.json.decodeFromJsonElement(UploadForm.serializer(), element)
                Upload.FormWrapper(decoded)
            }
            "parts" -> {
                val decoded = decoder.json.decodeFromJsonElement(UploadParts.serializer(), element)
                Upload.PartsWrapper(decoded)
            }
            else -> throw SerializationException("Unknown Upload kind: $discriminatorValue")
        }
    }
}

