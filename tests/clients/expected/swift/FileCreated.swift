/** A new file, and how to upload it. */
public struct FileCreated: Sendable, Codable, Hashable {

    public var file: FileOut
    /** A form up to 100 MiB, parts above; `null` when it is not awaited any more. */
    public var upload: Upload?

    public init(file: FileOut, upload: Upload?) {
        self.file = file
        self.upload = upload
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case file
        case upload
    }

    // Encodable protocol methods

    public func encode(to encoder: Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(file, forKey: .file)
        try container.encode(upload, forKey: .upload)
    }
}

