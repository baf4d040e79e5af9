// Who may do what over TCP. On the Unix socket the file's permissions have decided that already. Pure but for the names
// that this machine has.
package import Model

/// What a request asks of its door.
enum Need {
    case nothing
    case reading
    case changing
}

package struct Door: Sendable {
    package let reading: ReadPolicy
    package let tokens: Tokens
    package let hosts: HostNames

    package init(reading: ReadPolicy, tokens: Tokens, hosts: HostNames) {
        self.reading = reading
        self.tokens = tokens
        self.hosts = hosts
    }

    enum Verdict: Equatable {
        /// With the name of the token, if there was one.
        case welcome(name: String?)
        case denied(Denial)
    }

    func judge(_ need: Need, _ visitor: Visitor) -> Verdict {
        // What holds no secret is shown to everybody: whoever came by a wrong name can be told so.
        if need == .nothing { return .welcome(name: name(of: visitor)) }
        if !hosts.meansUs(visitor.host, at: visitor.address) { return .denied(.otherHost) }
        // Whoever says a token wants to know whether it is right.
        if let token = visitor.token {
            return tokens.name(ofToken: token).map { .welcome(name: $0) } ?? .denied(.wrongToken)
        }
        let name = visitor.session.flatMap(tokens.name(ofSession:))
        if name != nil, need == .changing, let origin = visitor.origin,
            !hosts.isOurs(origin: origin, host: visitor.host)
        {
            return .denied(.otherOrigin)
        }
        if name != nil || need == .reading && readsFreely(visitor) { return .welcome(name: name) }
        return .denied(.tokenNeeded)
    }

    private func readsFreely(_ visitor: Visitor) -> Bool {
        switch reading {
        case .open: true
        case .local:
            visitor.isLoopback && !visitor.isForwarded
                && !hosts.meansProxy(visitor.host, at: visitor.address)
        case .token: false
        }
    }

    private func name(of visitor: Visitor) -> String? {
        visitor.token.flatMap(tokens.name(ofToken:)) ?? visitor.session.flatMap(tokens.name(ofSession:))
    }

    func session(of visitor: Visitor) -> SessionReport {
        func may(_ need: Need) -> Bool {
            if case .welcome = judge(need, visitor) { true } else { false }
        }
        return SessionReport(
            mayRead: may(.reading), mayChange: may(.changing), name: name(of: visitor),
            hasTokens: !tokens.isEmpty)
    }

    /// What makes a browser remember a token that was right; nil for a wrong one.
    func cookie(for token: String, _ visitor: Visitor) -> String? {
        tokens.session(ofToken: token).map {
            Self.cookie($0, seconds: 365 * 86400, isSecure: visitor.isEncrypted)
        }
    }

    /// What makes it forget.
    static let noCookie = cookie("", seconds: 0, isSecure: false)

    private static func cookie(_ value: String, seconds: Int, isSecure: Bool) -> String {
        "\(Visitor.cookie)=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Strict\(isSecure ? "; Secure" : "")"
    }
}

/// Why somebody may not.
enum Denial: Equatable {
    case tokenNeeded
    case wrongToken
    case otherHost
    case otherOrigin

    var failure: RequestFailure {
        switch self {
        case .tokenNeeded:
            RequestFailure(
                status: 401, code: "token-needed",
                text: "This needs a token. Ask whoever looks after flipd for one.")
        case .wrongToken: RequestFailure(status: 401, code: "wrong-token", text: "This token is not right.")
        case .otherHost:
            RequestFailure(
                status: 421, code: "other-host",
                text:
                    "flipd does not know itself by this name. Use the machine's own, or let PublicUrl= in [Status] of flipd.conf say this one."
            )
        case .otherOrigin:
            RequestFailure(
                status: 403, code: "other-origin",
                text: "Only flipd's own page may change something in its name.")
        }
    }
}

extension Request {
    var need: Need {
        switch self {
        case .page, .health, .session: .nothing
        case .status, .usage, .assets, .find, .needsYou, .asset, .preview, .media, .events, .metrics,
            .verifyProgress:
            .reading
        // These tell of folders outside the library.
        case .retry, .delete, .restore, .rename, .heal, .verify, .snapshot, .backup, .places: .changing
        }
    }
}
