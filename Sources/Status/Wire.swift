// Our answers as libmicrohttpd's: status, headers, body. What cannot be built costs the client its connection.
internal import CMicrohttpd
internal import Glibc
internal import Model
internal import Platform

enum Wire {
    static func header(_ name: String, of connection: OpaquePointer) -> String? {
        MHD_lookup_connection_value(connection, .HEADER_KIND, name).map { String(cString: $0) }
    }

    /// A proxy in front of us may have read it in the other way.
    static func isAmbiguous(_ connection: OpaquePointer) -> Bool {
        var hosts = 0
        _ = MHD_get_connection_values(connection, .HEADER_KIND, countHost, &hosts)
        let hasBothLengths =
            header("Transfer-Encoding", of: connection) != nil
            && header("Content-Length", of: connection) != nil
        return hosts > 1 || hasBothLengths
    }

    static func cookie(_ name: String, of connection: OpaquePointer) -> String? {
        MHD_lookup_connection_value(connection, .COOKIE_KIND, name).map { String(cString: $0) }
    }

    static func addHeaders(_ headers: [String: String], to response: OpaquePointer) {
        _ = MHD_add_response_header(response, "X-Content-Type-Options", "nosniff")
        for (name, value) in headers { _ = MHD_add_response_header(response, name, value) }
    }

    static func send(_ failure: RequestFailure, _ connection: OpaquePointer) -> MHD_Result {
        let report = ErrorReport(code: failure.code, text: failure.text)
        var headers = failure.allow.map { ["Allow": $0] } ?? [:]
        if failure.status == 401 { headers["WWW-Authenticate"] = "Bearer realm=\"flipd\"" }
        return send(report, failure.status, headers, connection)
    }

    static func send(
        _ response: consuming Response, _ connection: OpaquePointer, _ conditions: FileConditions
    ) -> MHD_Result {
        switch consume response {
        case .json(let status, let bytes):
            return send(
                bytes, status, ["Content-Type": "application/json", "Cache-Control": "no-store"], connection)
        case .text(let status, let text, let contentType):
            return send(
                Array(text.utf8), status, ["Content-Type": contentType, "Cache-Control": "no-store"],
                connection)
        case .error(let status, let report):
            return send(report, status, [:], connection)
        case .redirect(let target):
            return send([], 302, ["Location": target, "Cache-Control": "no-store"], connection)
        case .file(let file, let policy):
            return send(file, policy, connection, conditions)
        case .page(let file):
            return send(file, connection, conditions)
        case .noContent(let cookie):
            return send([], 204, ["Cache-Control": "no-store", "Set-Cookie": cookie], connection)
        }
    }

    /// Small, and held by us; only whether it changed is asked of it.
    private static func send(
        _ file: PageFile, _ connection: OpaquePointer, _ conditions: FileConditions
    ) -> MHD_Result {
        let headers = file.headers
        guard case .notModified = FilePart(conditions, size: Int64(file.bytes.count), tag: file.tag) else {
            return send(file.bytes, 200, headers, connection)
        }
        return send([], 304, headers.filter { $0.key != "Content-Type" }, connection)
    }

    private static func send(
        _ file: consuming MediaFile, _ policy: CachePolicy, _ connection: OpaquePointer,
        _ conditions: FileConditions
    ) -> MHD_Result {
        var headers = [
            "ETag": file.tag, "Cache-Control": policy.header, "Accept-Ranges": "bytes",
            "Content-Type": file.mime,
        ]
        let size = file.bytes
        switch FilePart(conditions, size: size, tag: file.tag) {
        case .notModified:
            headers["Content-Type"] = nil
            return send([], 304, headers, connection)
        case .outside:
            let report = ErrorReport(
                code: "range-not-satisfiable", text: "This file has \(size) bytes; the range lies beyond.")
            return send(report, 416, ["Content-Range": "bytes */\(size)"], connection)
        case .whole:
            return send(file, from: 0, count: size, 200, headers, connection)
        case .part(let first, let last):
            headers["Content-Range"] = "bytes \(first)-\(last)/\(size)"
            return send(file, from: first, count: last - first + 1, 206, headers, connection)
        }
    }

    private static func send(
        _ file: consuming MediaFile, from first: Int64, count: Int64, _ status: UInt32,
        _ headers: [String: String], _ connection: OpaquePointer
    ) -> MHD_Result {
        let fd = file.takeDescriptor()
        // The library closes the descriptor together with the response.
        guard let made = MHD_create_response_from_fd_at_offset64(UInt64(count), fd, UInt64(first)) else {
            _ = Descriptor(adopting: fd)
            return .NO
        }
        return queue(made, status, headers, connection)
    }

    private static func send(
        _ body: [UInt8], _ status: Int, _ headers: [String: String], _ connection: OpaquePointer
    ) -> MHD_Result {
        var body = body
        let made = body.withUnsafeMutableBytes { bytes in
            MHD_create_response_from_buffer(bytes.count, bytes.baseAddress, .RESPMEM_MUST_COPY)
        }
        guard let made else { return .NO }
        return queue(made, UInt32(status), headers, connection)
    }

    private static func queue(
        _ response: OpaquePointer, _ status: UInt32, _ headers: [String: String], _ connection: OpaquePointer
    ) -> MHD_Result {
        defer { MHD_destroy_response(response) }
        addHeaders(headers, to: response)
        return MHD_queue_response(connection, status, response)
    }

    /// An error is never kept by a cache: what is missing now may be there in a minute.
    private static func send(
        _ report: ErrorReport, _ status: Int, _ more: [String: String], _ connection: OpaquePointer
    ) -> MHD_Result {
        var headers = more
        headers["Content-Type"] = "application/json"
        headers["Cache-Control"] = "no-store"
        // Two strings always become JSON; if not, the status alone must do.
        return send((try? JSON.encode(report)) ?? [], status, headers, connection)
    }
}

private func countHost(
    _ hosts: UnsafeMutableRawPointer?, _: MHD_ValueKind, _ name: UnsafePointer<CChar>?, _: UnsafePointer<CChar>?
) -> MHD_Result {
    if let name, strcasecmp(name, "host") == 0 { hosts?.assumingMemoryBound(to: Int.self).pointee += 1 }
    return .YES
}
