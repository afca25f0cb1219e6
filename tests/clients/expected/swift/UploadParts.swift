/** Put each part to its URL, in any order, then complete the file with their ETags. */
public struct UploadParts: Sendable, Codable, Hashable {

    public enum Kind: String, Sendable, Codable, CaseIterable {
        case parts = "parts"
    }
    public var kind: Kind = .parts
    public var uploadId: String
    public var partSize: Int
    public var parts: [UploadPart]
    public var expiresAt: Date

    public init(kind: Kind = .parts, uploadId: String, partSize: Int, parts: [UploadPart], expiresAt: Date) {
        self.kind = kind
        self.uploadId = uploadId
        self.partSize = partSize
        self.parts = parts
        self.expiresAt = expiresAt
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case kind
        case uploadId
        case partSize
        case parts
        case expiresAt
    }

    // Encodable protocol methods

    public func encode(to encoder: Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(kind, forKey: .kind)
        try container.encode(uploadId, forKey: .uploadId)
        try container.encode(partSize, forKey: .partSize)
        try container.encode(parts, forKey: .parts)
        try container.encode(expiresAt, forKey: .expiresAt)
    }
}

