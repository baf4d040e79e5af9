// The mail server that takes our mail, spoken to by SMTP. A call blocks until the server has answered: it belongs on a
// thread where that harms nobody.
internal import CCurl
internal import Model

package struct MailFailure: Error, CustomStringConvertible {
    package let description: String
}

package struct MailServer: Hashable, Sendable {
    /// Without user and password.
    private let url: String
    private let user: String?
    private let password: String?
    private let isHere: Bool
    /// "mail.example.org", for people.
    package let name: String

    /// Longer than a server that makes its guests wait lets them.
    private static let patience_s = 120
    private static let connecting_s = 30

    /// `smtp://HOST`, `smtps://USER:PASSWORD@HOST:PORT` and what is between; nil for everything else.
    package init?(_ text: String) {
        guard let parsed = curl_url() else { return nil }
        defer { curl_url_cleanup(parsed) }
        guard curl_url_set(parsed, CURLUPART_URL, text, 0) == CURLUE_OK else { return nil }
        func part(_ part: CURLUPart, _ flags: Int32 = 0) -> String? {
            var found: UnsafeMutablePointer<CChar>?
            guard curl_url_get(parsed, part, &found, UInt32(flags)) == CURLUE_OK, let found else { return nil }
            defer { curl_free(found) }
            return String(cString: found)
        }
        guard let scheme = part(CURLUPART_SCHEME), ["smtp", "smtps"].contains(scheme),
            let host = part(CURLUPART_HOST), !host.isEmpty, part(CURLUPART_PATH) == "/",
            part(CURLUPART_QUERY) == nil, part(CURLUPART_FRAGMENT) == nil
        else { return nil }
        user = part(CURLUPART_USER, CURLU_URLDECODE)
        password = part(CURLUPART_PASSWORD, CURLU_URLDECODE)
        // Neither is worth anything alone, and what cannot be decoded is none.
        guard (user == nil) == (password == nil), user != nil || !text.contains("@") else { return nil }
        url = "\(scheme)://\(host)" + (part(CURLUPART_PORT).map { ":\($0)" } ?? "")
        name = host
        isHere = ["localhost", "127.0.0.1", "[::1]"].contains(host) && scheme == "smtp"
    }

    /// The user, where it is an address that mail may come from.
    package var userAddress: String? { user.flatMap { MailMessage.isAddress($0) ? $0 : nil } }

    /// How the line is secured. A password only goes to this machine itself, or over TLS to a server that proves its name.
    /// Without one TLS is used when it is offered, whoever answers, as mail servers do among themselves: whoever could
    /// stand in between could as well take the offer away.
    private var security: (use: Int, verifies: Bool) {
        if isHere { return (FLIP_CURLUSESSL_NONE, false) }
        if password != nil || url.hasPrefix("smtps:") { return (FLIP_CURLUSESSL_ALL, true) }
        return (FLIP_CURLUSESSL_TRY, false)
    }

    /// Hands one mail to the server, which must take it for one of its addresses at least. `isStopped` is asked about once a
    /// second, and ends it.
    package func send(
        _ message: MailMessage, isStopped: @escaping @Sendable () -> Bool = { false }
    ) throws(MailFailure) {
        guard let handle = curl_easy_init() else { throw MailFailure(description: "no memory for a mail") }
        defer { curl_easy_cleanup(handle) }
        var recipients: UnsafeMutablePointer<curl_slist>?
        for address in message.to { recipients = curl_slist_append(recipients, "<\(address)>") }
        defer { curl_slist_free_all(recipients) }
        let transfer = Transfer(message.bytes, isStopped)
        let kept = Unmanaged.passRetained(transfer)
        defer { kept.release() }
        _ = flip_curl_set_text(handle, CURLOPT_URL, url)
        // A proxy of the environment is meant for other things.
        _ = flip_curl_set_text(handle, CURLOPT_PROXY, "")
        _ = flip_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        _ = flip_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT, Self.connecting_s)
        _ = flip_curl_set_long(handle, CURLOPT_TIMEOUT, Self.patience_s)
        if let user, let password {
            _ = flip_curl_set_text(handle, CURLOPT_USERNAME, user)
            _ = flip_curl_set_text(handle, CURLOPT_PASSWORD, password)
        }
        let (use, verifies) = security
        _ = flip_curl_set_long(handle, CURLOPT_USE_SSL, use)
        _ = flip_curl_set_long(handle, CURLOPT_SSL_VERIFYPEER, verifies ? 1 : 0)
        _ = flip_curl_set_long(handle, CURLOPT_SSL_VERIFYHOST, verifies ? 2 : 0)
        _ = flip_curl_set_text(handle, CURLOPT_MAIL_FROM, "<\(message.from)>")
        _ = flip_curl_set_list(handle, CURLOPT_MAIL_RCPT, recipients)
        // One address that is wrong keeps no mail from the others.
        _ = flip_curl_set_long(handle, FLIP_CURLOPT_MAIL_RCPT_ALLOWFAILS, 1)
        _ = flip_curl_set_long(handle, CURLOPT_UPLOAD, 1)
        _ = flip_curl_set_read(handle, giveMail)
        _ = flip_curl_set_pointer(handle, CURLOPT_READDATA, kept.toOpaque())
        _ = flip_curl_set_header(handle, hearServer)
        _ = flip_curl_set_pointer(handle, CURLOPT_HEADERDATA, kept.toOpaque())
        _ = flip_curl_set_long(handle, CURLOPT_NOPROGRESS, 0)
        _ = flip_curl_set_progress(handle, askWhetherStopped)
        _ = flip_curl_set_pointer(handle, CURLOPT_XFERINFODATA, kept.toOpaque())
        let code = curl_easy_perform(handle)
        if code != CURLE_OK { throw MailFailure(description: Self.reason(code, transfer.refusal)) }
    }

    /// The server's own words, where it said no.
    private static func reason(_ code: CURLcode, _ refusal: String?) -> String {
        switch code {
        case CURLE_USE_SSL_FAILED: "it offers no TLS, without which no password is sent"
        case CURLE_PEER_FAILED_VERIFICATION: "its certificate does not prove its name, so no password was sent"
        case CURLE_OPERATION_TIMEDOUT: "it takes too long to answer"
        default: refusal.map { "it says “\($0)”" } ?? String(cString: curl_easy_strerror(code))
        }
    }
}

/// What goes to the server, and what comes back.
private final class Transfer {
    let bytes: [UInt8]
    var sent = 0
    let isStopped: @Sendable () -> Bool
    /// The last line in which the server refused something.
    var refusal: String?

    init(_ bytes: [UInt8], _ isStopped: @escaping @Sendable () -> Bool) {
        self.bytes = bytes
        self.isStopped = isStopped
    }

    func hear(_ line: String) {
        guard line.hasPrefix("4") || line.hasPrefix("5") else { return }
        refusal = String(line.unicodeScalars.prefix(200).filter { $0.properties.generalCategory != .control })
    }
}

private func giveMail(
    _ room: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ transfer: UnsafeMutableRawPointer?
) -> Int {
    guard let room, let transfer else { return 0 }
    let mail = Unmanaged<Transfer>.fromOpaque(transfer).takeUnretainedValue()
    let part = mail.bytes[mail.sent...].prefix(size * count)
    for (index, byte) in part.enumerated() { room[index] = CChar(bitPattern: byte) }
    mail.sent += part.count
    return part.count
}

private func hearServer(
    _ line: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ transfer: UnsafeMutableRawPointer?
) -> Int {
    guard let line, let transfer else { return 0 }
    let text = UnsafeRawBufferPointer(start: line, count: size * count)
    Unmanaged<Transfer>.fromOpaque(transfer).takeUnretainedValue().hear(String(decoding: text, as: UTF8.self))
    return size * count
}

private func askWhetherStopped(
    _ transfer: UnsafeMutableRawPointer?, _: curl_off_t, _: curl_off_t, _: curl_off_t, _: curl_off_t
) -> Int32 {
    guard let transfer else { return 0 }
    return Unmanaged<Transfer>.fromOpaque(transfer).takeUnretainedValue().isStopped() ? 1 : 0
}
