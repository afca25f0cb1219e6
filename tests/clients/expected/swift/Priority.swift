public enum Priority: String, Sendable, Codable, CaseIterable {
    case _none = "none"
    case low = "low"
    case medium = "medium"
    case high = "high"
}
