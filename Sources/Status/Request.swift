// What a client may ask, as a value. Reading it is pure: the same words always give the same request, and
// what is not understood becomes a `RequestFailure` with the answer to send; nothing else can happen.
package import Model
internal import Platform

package enum Request: Hashable, Sendable {
    case status
    case usage
    case assets(AssetQuery)
    case find(CameraName)
    case needsYou
    case places
    /// An id, or the first eight or more of its characters; which asset that is, only the ledger knows.
    case asset(idPrefix: String)
    case preview(idPrefix: String, role: Rendition.Role)
    case retry(idPrefix: String)
    case delete(idPrefix: String)
    case restore(idPrefix: String)
    case rename(idPrefix: String, Renaming)
    case heal(idPrefix: String)
    case verify(VerifyQuery)
    case verifyProgress
    case snapshot
    case backup
    case health
    case metrics
    case media(MediaPath)
    case events
    case page(file: String)
    case session(SessionAct)
}

/// What is asked about who asks.
package enum SessionAct: Hashable, Sendable {
    case look
    case begin(token: String)
    case end
}

/// Why a request cannot be met, said before anybody was asked.
package struct RequestFailure: Error, Hashable, Sendable {
    package let status: Int
    package let code: String
    package let text: String
    /// The methods that would have worked, for the `Allow` header of a 405.
    package let allow: String?

    init(status: Int, code: String, text: String, allow: String? = nil) {
        self.status = status
        self.code = code
        self.text = text
        self.allow = allow
    }

    static func notFound(_ text: String = "There is nothing at this address.") -> RequestFailure {
        RequestFailure(status: 404, code: "not-found", text: text)
    }

    static func bad(_ text: String) -> RequestFailure {
        RequestFailure(status: 400, code: "bad-request", text: text)
    }

    static func wrongMethod(allow: String) -> RequestFailure {
        RequestFailure(
            status: 405, code: "method-not-allowed", text: "This address understands only \(allow).",
            allow: allow)
    }

    static let tooLong = RequestFailure(
        status: 414, code: "address-too-long", text: "This address is too long.")

    static let ambiguous = RequestFailure(
        status: 400, code: "bad-request",
        text: "This request says in two ways whom it is for, or how long it is.")

    static let bodyTooLarge = RequestFailure(
        status: 413, code: "body-too-large", text: "This request carries more than flipd accepts.")
}

extension Request {
    /// Reads a request line's method and target, still with its percent signs.
    package static func parse(
        method: String, target: [UInt8], body: [UInt8] = []
    ) throws(RequestFailure) -> Request {
        if target.count > Limits.target_bytes { throw .tooLong }
        let mark = target.firstIndex(of: UInt8(ascii: "?"))
        let query = mark.map { target[($0 + 1)...] } ?? []
        return try parse(method: method, path: target[..<(mark ?? target.endIndex)], query: query, body: body)
    }

    package static func parse(
        method: String, path: some Collection<UInt8>, query: some Collection<UInt8>, body: [UInt8] = []
    ) throws(RequestFailure) -> Request {
        // Split before decoding, so that an encoded slash is part of a name and never makes a folder.
        let pieces = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard pieces.count > 1, pieces[0].isEmpty else { throw .notFound() }
        var words: [String] = []
        for piece in pieces.dropFirst() {
            guard let bytes = PercentEncoding.decode(piece), let word = String(validating: bytes, as: UTF8.self)
            else { throw .bad("This address is not written correctly.") }
            words.append(word)
        }
        let (request, methods) = try route(words, query: query)
        guard methods.understands(method) else { throw .wrongMethod(allow: methods.rawValue) }
        if case .verify = request, method != "POST" { return .verifyProgress }
        if case .session = request { return .session(try sessionAct(method, body)) }
        guard case .asset(let id) = request else { return request }
        if method == "DELETE" { return .delete(idPrefix: id) }
        return method == "PATCH" ? .rename(idPrefix: id, try renaming(body)) : request
    }

    private static func sessionAct(_ method: String, _ body: [UInt8]) throws(RequestFailure) -> SessionAct {
        if method == "DELETE" { return .end }
        if method != "POST" { return .look }
        guard let wish = try? JSON.decode(SessionWish.self, from: body) else {
            throw .bad("A token is said in JSON: {\"token\": …}.")
        }
        return .begin(token: wish.token)
    }

    private static func renaming(_ body: [UInt8]) throws(RequestFailure) -> Renaming {
        guard let renaming = try? JSON.decode(Renaming.self, from: body) else {
            throw .bad("What is to be changed is said in JSON: {\"caption\": …, \"collection\": …}.")
        }
        if let complaint = renaming.complaint { throw .bad(complaint) }
        return renaming
    }

    private enum Methods: String {
        case read = "GET, HEAD"
        case change = "POST"
        case readOrAlter = "GET, HEAD, DELETE, PATCH"
        case readOrChange = "GET, HEAD, POST"
        case readBeginOrEnd = "GET, HEAD, POST, DELETE"

        func understands(_ method: String) -> Bool {
            switch self {
            case .read: method == "GET" || method == "HEAD"
            case .change: method == "POST"
            case .readOrAlter: method == "DELETE" || method == "PATCH" || Self.read.understands(method)
            case .readOrChange: method == "POST" || Self.read.understands(method)
            case .readBeginOrEnd: method == "DELETE" || Self.readOrChange.understands(method)
            }
        }
    }

    private static func route(
        _ words: [String], query: some Collection<UInt8>
    ) throws(RequestFailure) -> (Request, Methods) {
        if words == ["v1", "assets"] { return (.assets(try AssetQuery.parse(query)), .read) }
        if words == ["v1", "find"] { return (.find(try CameraName.parse(query)), .read) }
        if words == ["v1", "verify"] { return (.verify(try VerifyQuery.parse(query)), .readOrChange) }
        if words.first == "media" {
            guard let path = MediaPath(words) else { throw .notFound() }
            return (.media(path), .read)
        }
        // `/?wall` is a way of showing the page, and no business of ours.
        if words == [""] { return (.page(file: PageFiles.index), .read) }
        let found: (Request, Methods)
        switch (words.count, words.first, words.dropFirst().first) {
        case (1, "healthz", _): found = (.health, .read)
        case (1, "metrics", _): found = (.metrics, .read)
        case (2, "page", let name?): found = (.page(file: name), .read)
        case (2, "v1", "session"): found = (.session(.look), .readBeginOrEnd)
        case (2, "v1", "status"): found = (.status, .read)
        case (2, "v1", "usage"): found = (.usage, .read)
        case (2, "v1", "needs_you"): found = (.needsYou, .read)
        case (2, "v1", "places"): found = (.places, .read)
        case (2, "v1", "events"): found = (.events, .read)
        case (2, "v1", "snapshot"): found = (.snapshot, .change)
        case (2, "v1", "backup"): found = (.backup, .read)
        case (3, "v1", "assets"): found = (.asset(idPrefix: try idPrefix(words[2])), .readOrAlter)
        case (4, "v1", "assets"):
            let id = try idPrefix(words[2])
            switch words[3] {
            case "main", "poster", "thumb":
                guard let role = Rendition.Role(rawValue: words[3]) else { throw .notFound() }
                found = (.preview(idPrefix: id, role: role), .read)
            case "retry": found = (.retry(idPrefix: id), .change)
            case "restore": found = (.restore(idPrefix: id), .change)
            case "heal": found = (.heal(idPrefix: id), .change)
            default: throw .notFound()
            }
        default: throw .notFound()
        }
        if let parameter = try PercentEncoding.parameters(query).first {
            throw .bad("This address takes no “\(parameter.key)”.")
        }
        return found
    }

    /// Checks that a text can be the beginning of an id, which then needs no further care.
    static func idPrefix(_ text: String) throws(RequestFailure) -> String {
        let text = text.lowercased()
        let canBeginAnID = text.utf8.enumerated().allSatisfy { index, character in
            [8, 13, 18, 23].contains(index)
                ? character == UInt8(ascii: "-")
                : (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(character)
        }
        guard canBeginAnID, text.utf8.count <= 36 else { throw .notFound("No asset has this id.") }
        guard text.utf8.count >= Limits.idPrefix else {
            throw .bad("An id may be cut short, but to no less than \(Limits.idPrefix) characters.")
        }
        return text
    }
}
