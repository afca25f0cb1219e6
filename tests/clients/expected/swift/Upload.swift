/** How to upload a file; &#x60;kind&#x60; says which of the two. */
public enum Upload: Sendable, Codable, Hashable {
    case typeUploadForm(UploadForm)
    case typeUploadParts(UploadParts)

    public func encode(to encoder: Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .typeUploadForm(let value):
            try container.encode(value)
        case .typeUploadParts(let value):
            try container.encode(value)
        }
    }

    private enum DiscriminatorCodingKey: String, CodingKey {
        case kind = "kind"
    }

    public init(from decoder: Decoder) throws {
        let keyedContainer = try decoder.container(keyedBy: DiscriminatorCodingKey.self)
        let discriminatorValue = try keyedContainer.decode(String.self, forKey: .kind)

        switch discriminatorValue {
        case "form":
            self = .typeUploadForm(try UploadForm(from: decoder))
        case "parts":
            self = .typeUploadParts(try UploadParts(from: decoder))
        default:
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: decoder.codingPath,
                    debugDescription: "Unknown discriminator value '\(discriminatorValue)' for Upload"
                )
            )
        }
    }
}

