/** A whole to-do, as PUT takes it: what is left out gets its default. */
public struct TodoReplace: Sendable, Codable, Hashable {

    public static let titleRule = StringRule(minLength: 1, maxLength: 500, pattern: "^[^\\u0000-\\u001f\\u007f\\u0085\\u2028\\u2029]*[^\\u0000-\\u001f\\u007f\\u0085\\u2028\\u2029\\s\\u0080-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb][^\\u0000-\\u001f\\u007f\\u0085\\u2028\\u2029]*$")
    public static let notesRule = StringRule(minLength: nil, maxLength: 10000, pattern: "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f]*$")
    public static let tagsRule = ArrayRule(minItems: nil, maxItems: 20, uniqueItems: false)
    public static let listRule = StringRule(minLength: 1, maxLength: 100, pattern: "^[^\\u0000-\\u001f\\u007f\\u0085\\u2028\\u2029]*[^\\u0000-\\u001f\\u007f\\u0085\\u2028\\u2029\\s\\u0080-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb][^\\u0000-\\u001f\\u007f\\u0085\\u2028\\u2029]*$")
    /** Due on this day, wherever the user is, from 1900 on. Not with `dueAt`. */
    public var dueOn: OpenAPIDateWithoutTime?
    /** Due at this moment, from 1900 on. Not with `dueOn`. */
    public var dueAt: Date?
    public var title: String
    public var notes: String? = ""
    public var completed: Bool? = false
    public var priority: Priority?
    public var tags: [String]?
    public var list: String? = "inbox"

    public init(dueOn: OpenAPIDateWithoutTime? = nil, dueAt: Date? = nil, title: String, notes: String? = "", completed: Bool? = false, priority: Priority? = nil, tags: [String]? = nil, list: String? = "inbox") {
        self.dueOn = dueOn
        self.dueAt = dueAt
        self.title = title
        self.notes = notes
        self.completed = completed
        self.priority = priority
        self.tags = tags
        self.list = list
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case dueOn
        case dueAt
        case title
        case notes
        case completed
        case priority
        case tags
        case list
    }

    // Encodable protocol methods

    public func encode(to encoder: Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(dueOn, forKey: .dueOn)
        try container.encodeIfPresent(dueAt, forKey: .dueAt)
        try container.encode(title, forKey: .title)
        try container.encodeIfPresent(notes, forKey: .notes)
        try container.encodeIfPresent(completed, forKey: .completed)
        try container.encodeIfPresent(priority, forKey: .priority)
        try container.encodeIfPresent(tags, forKey: .tags)
        try container.encodeIfPresent(list, forKey: .list)
    }
}

