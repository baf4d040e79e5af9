/// Who may read over TCP without a token, by `Read=`.
package enum ReadPolicy: String, CaseIterable, Sendable {
    /// Whoever sits at this machine.
    case local
    /// Nobody.
    case token
    /// Everybody.
    case open
}

/// The answer to `GET /v1/session`: what whoever asks may do.
package struct SessionReport: Codable, Sendable {
    package var mayRead: Bool
    package var mayChange: Bool
    /// Of the token.
    @OrNull package var name: String?
    /// Whether there are any tokens at all.
    package var hasTokens: Bool

    private enum CodingKeys: String, CodingKey {
        case name
        case mayRead = "may_read"
        case mayChange = "may_change"
        case hasTokens = "has_tokens"
    }

    package init(mayRead: Bool, mayChange: Bool, name: String?, hasTokens: Bool) {
        self.mayRead = mayRead
        self.mayChange = mayChange
        self.name = name
        self.hasTokens = hasTokens
    }
}

/// What `POST /v1/session` says.
package struct SessionWish: Codable, Hashable, Sendable {
    package var token: String
}
