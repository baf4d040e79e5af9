// Which names in a Host header mean us. A page of somebody else's could give its own name our address (DNS rebinding)
// and then read us as if it were ours; it cannot give itself one of these.
internal import Platform

package struct HostNames: Sendable {
    /// The host of `PublicUrl`, with its port if it has one.
    private let publicAuthority: String?

    package init(publicURL: String) {
        publicAuthority = Self.authority(of: publicURL)
    }

    /// "archive.example:8420" of "https://archive.example:8420/page".
    private static func authority(of url: String) -> String? {
        url.split(separator: "/").dropFirst().first.map { $0.lowercased() }
    }

    /// `address` is where the request came in.
    func meansUs(_ header: String?, at address: NetworkAddress?) -> Bool {
        guard let host = Self.host(of: header) else { return false }
        return isPublic(host) || isOwn(host, at: address)
    }

    /// Whether this is a name that only `PublicUrl` gives us: whoever uses it comes through a proxy.
    func meansProxy(_ header: String?, at address: NetworkAddress?) -> Bool {
        guard let host = Self.host(of: header) else { return false }
        return isPublic(host) && !isOwn(host, at: address)
    }

    private func isPublic(_ host: String) -> Bool { Self.host(of: publicAuthority) == host }

    private func isOwn(_ host: String, at address: NetworkAddress?) -> Bool {
        if host == "localhost" || host.hasSuffix(".localhost") { return true }
        if let asked = NetworkAddress(host) { return asked.isLoopback || asked == address }
        let own = Host.name.lowercased()
        let short = own.prefix { $0 != "." }
        return [own, String(short), "\(short).local"].contains(host)
    }

    /// Whether a page that says it comes from there is ours. A page of another port of this machine is not.
    func isOurs(origin: String, host: String?) -> Bool {
        guard let authority = Self.authority(of: origin) else { return false }
        return authority == host?.lowercased() || authority == publicAuthority
    }

    /// Without its port, brackets and the dot at its end.
    private static func host(of authority: String?) -> String? {
        guard let authority else { return nil }
        var host = Substring(authority.lowercased())
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return nil }
            return String(host[host.index(after: host.startIndex)..<end])
        }
        if let colon = host.firstIndex(of: ":") { host = host[..<colon] }
        if host.hasSuffix(".") { host = host.dropLast() }
        return host.isEmpty ? nil : String(host)
    }
}
