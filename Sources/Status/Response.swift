// What the corridor answers, as a value. It owns the file it may carry: sent or not, the file is closed once.
package import Model
internal import Platform

package enum Response: ~Copyable, Sendable {
    case json(status: Int, [UInt8])
    case text(status: Int, String, contentType: String)
    case error(status: Int, ErrorReport)
    /// 302 to another address of this server, such as "/media/…".
    case redirect(to: String)
    case file(MediaFile, CachePolicy)
    /// A part of the page itself.
    case page(PageFile)
    /// Done, with a cookie for the browser to keep or to forget.
    case noContent(cookie: String)
}

package enum CachePolicy: Sendable {
    /// What is published never changes, so it is never asked for again.
    case immutable
    /// What will soon be something else, such as a preview.
    case never

    var header: String {
        switch self {
        case .immutable: "public, max-age=31536000, immutable"
        case .never: "no-store"
        }
    }
}

extension Response {
    var isFile: Bool {
        switch self {
        case .file: true
        default: false
        }
    }

    /// A value of the model as JSON with status 200.
    package static func json(_ value: some Encodable) -> Response {
        do { return .json(status: 200, try JSON.encode(value)) } catch {
            return .error(
                status: 500, code: "internal", "This answer could not be written. The journal may say more.")
        }
    }

    package static func error(status: Int, code: String, _ text: String) -> Response {
        .error(status: status, ErrorReport(code: code, text: text))
    }

    package static func notFound(_ text: String = "There is nothing at this address.") -> Response {
        .error(status: 404, code: "not-found", text)
    }
}
