// Telling another program by HTTP what became of an asset. A call blocks until the other side has answered: it belongs
// on a thread where that harms nobody.
internal import CCurl
package import Model

package struct WebhookFailure: Error, CustomStringConvertible {
    package let description: String
}

/// What is sent, as JSON: the event's name and the asset as the status socket shows it.
package struct WebhookMessage: Codable, Sendable {
    /// The asset's new state: `ready`, `failed` or `duplicate`.
    package var event: State
    package var asset: AssetReport

    package init(event: State, asset: AssetReport) {
        self.event = event
        self.asset = asset
    }
}

package struct Webhook: Sendable {
    private let url: String
    /// Longer than any program needs to note a message.
    private static let patience_s = 10

    package init(url: String) { self.url = url }

    /// Posts one message. Anything but an answer of 2xx is a failure.
    package func post(_ json: [UInt8]) throws(WebhookFailure) {
        guard let handle = curl_easy_init() else {
            throw WebhookFailure(description: "no memory for a request")
        }
        defer { curl_easy_cleanup(handle) }
        let headers = curl_slist_append(nil, "Content-Type: application/json")
        defer { curl_slist_free_all(headers) }
        _ = flip_curl_set_text(handle, CURLOPT_URL, url)
        _ = flip_curl_set_list(handle, CURLOPT_HTTPHEADER, headers)
        _ = flip_curl_set_long(handle, CURLOPT_TIMEOUT, Self.patience_s)
        _ = flip_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        _ = flip_curl_set_long(handle, CURLOPT_POSTFIELDSIZE, json.count)
        _ = flip_curl_set_write(handle, dropAnswer)
        let code = json.withUnsafeBytes { body in
            // libcurl reads the body where it is: it must live as long as the call.
            _ = flip_curl_set_pointer(
                handle, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: body.baseAddress))
            return curl_easy_perform(handle)
        }
        guard code == CURLE_OK else {
            throw WebhookFailure(description: String(cString: curl_easy_strerror(code)))
        }
        let status = flip_curl_status(handle)
        guard (200..<300).contains(status) else { throw WebhookFailure(description: "it answered \(status)") }
    }
}

private func dropAnswer(
    _: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _: UnsafeMutableRawPointer?
) -> Int { size * count }
