/** A to-do. */
public struct TodoOut: Sendable, Codable, Hashable {

    public var id: UUID
    public var title: String
    public var notes: String
    public var completed: Bool
    public var completedAt: Date?
    public var dueOn: OpenAPIDateWithoutTime?
    public var dueAt: Date?
    public var priority: Priority
    public var tags: [String]
    public var list: String
    public var createdAt: Date
    public var updatedAt: Date
    /** Raised by each change of this to-do; its ETag. */
    public var version: Int
    /** The user's counter when this to-do last changed. */
    public var revision: Int

    public init(id: UUID, title: String, notes: String, completed: Bool, completedAt: Date?, dueOn: OpenAPIDateWithoutTime?, dueAt: Date?, priority: Priority, tags: [String], list: String, createdAt: Date, updatedAt: Date, version: Int, revision: Int) {
        self.id = id
        self.title = title
        self.notes = notes
        self.completed = completed
        self.completedAt = completedAt
        self.dueOn = dueOn
        self.dueAt = dueAt
        self.priority = priority
        self.tags = tags
        self.list = list
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.version = version
        self.revision = revision
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case id
        case title
        case notes
        case completed
        case completedAt
        case dueOn
        case dueAt
        case priority
        case tags
        case list
        case createdAt
        case updatedAt
        case version
        case revision
    }

    // Encodable protocol methods

    public func encode(to encoder: Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(title, forKey: .title)
        try container.encode(notes, forKey: .notes)
        try container.encode(completed, forKey: .completed)
        try container.encode(completedAt, forKey: .completedAt)
        try container.encode(dueOn, forKey: .dueOn)
        try container.encode(dueAt, forKey: .dueAt)
        try container.encode(priority, forKey: .priority)
        try container.encode(tags, forKey: .tags)
        try container.encode(list, forKey: .list)
        try container.encode(createdAt, forKey: .createdAt)
        try container.encode(updatedAt, forKey: .updatedAt)
        try container.encode(version, forKey: .version)
        try container.encode(revision, forKey: .revision)
    }
}


extension TodoOut: Identifiable {}
