/** Post &#x60;multipart/form-data&#x60; to &#x60;url&#x60;: all &#x60;fields&#x60; as they are, then the file as &#x60;file&#x60;. */
public struct UploadForm: Sendable, Codable, Hashable {

    public enum Kind: String, Sendable, Codable, CaseIterable {
        case form = "form"
    }
    public var kind: Kind = .form
    public var url: String
    public var fields: [String: String]
    public var expiresAt: Date

    public init(kind: Kind = .form, url: String, fields: [String: String], expiresAt: Date) {
        self.kind = kind
        self.url = url
        self.fields = fields
        self.expiresAt = expiresAt
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case kind
        case url
        case fields
        case expiresAt
    }

    // Encodable protocol methods

    public func encode(to encoder: Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(kind, forKey: .kind)
        try container.encode(url, forKey: .url)
        try container.encode(fields, forKey: .fields)
        try container.encode(expiresAt, forKey: .expiresAt)
    }
}

