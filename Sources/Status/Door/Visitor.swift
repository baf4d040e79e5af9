// Who asks over TCP, as far as the connection and its headers tell.
internal import CMicrohttpd
internal import Platform

struct Visitor {
    /// From this machine itself.
    var isLoopback = false
    /// Somebody else stands behind the one who connected.
    var isForwarded = false
    /// What a proxy says of its own connection.
    var isEncrypted = false
    var host: String?
    /// The address by which they reached us.
    var address: NetworkAddress?
    var origin: String?
    /// As said in `Authorization: Bearer`.
    var token: String?
    /// What the cookie holds.
    var session: String?

    static let cookie = "flipd"

    /// Headers that proxies add for those who come through them.
    private static let forwarding = [
        "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via",
    ]

    init() {}

    init(_ connection: OpaquePointer) {
        isLoopback = flip_mhd_client_address(connection).flatMap { NetworkAddress($0) }?.isLoopback ?? false
        isForwarded = Self.forwarding.contains { Wire.header($0, of: connection) != nil }
        isEncrypted = Wire.header("X-Forwarded-Proto", of: connection) == "https"
        host = Wire.header("Host", of: connection)
        address = NetworkAddress.ofOurEnd(of: flip_mhd_connection_fd(connection))
        origin = Wire.header("Origin", of: connection)
        token = Wire.header("Authorization", of: connection).flatMap(Self.bearer)
        session = Wire.cookie(Self.cookie, of: connection)
    }

    /// Other schemes are another program's, such as a proxy's own.
    static func bearer(_ header: String) -> String? {
        let words = header.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
        let token = words[1].drop { $0 == " " }
        return String(token.prefix { $0 != " " })
    }
}
