/// Where flipd listens on TCP: "127.0.0.1:8420", "[::1]:8420", "0.0.0.0:8420" for every way into this machine.
package struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    package let host: String
    package let port: UInt16

    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]),
            port > 0
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        // What the digits mean, the system knows better.
        let isNumeric =
            host.allSatisfy { $0.isASCII && ($0.isHexDigit || $0 == "." || $0 == ":") }
            && host.contains { $0 == "." || $0 == ":" }
        guard isNumeric || host == "localhost" else { return nil }
        self.host = String(host)
        self.port = port
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
