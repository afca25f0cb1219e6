public enum Sort: String, Sendable, Codable, CaseIterable {
    case created = "created"
    case due = "due"
}
