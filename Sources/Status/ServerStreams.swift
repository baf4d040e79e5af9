// Live streams: who watches, and what they are told.
internal import CMicrohttpd
internal import Model

extension Server {
    func subscribe(_ connection: OpaquePointer) -> MHD_Result {
        guard streams.count < Limits.eventStreams else {
            return Wire.send(
                .error(status: 503, code: "too-many-streams", "Too many are watching already."), connection,
                FileConditions())
        }
        _ = flip_mhd_set_timeout(connection, 0)
        let house = self.house
        let stream = EventStream(
            connection,
            rests: { [weak self] stream in
                house.watchHangUp(stream.descriptor) { [weak self, weak stream] in
                    stream?.end()
                    self?.run()
                }
            },
            wakes: { stream in house.unwatch(stream.descriptor) },
            ends: { [weak self] stream in self?.streams[ObjectIdentifier(stream)] = nil })
        guard let result = stream.open() else { return .NO }
        streams[ObjectIdentifier(stream)] = stream
        return result
    }

    /// Tells all who watch. `json` is one value.
    package func publish(event: String, json: [UInt8]) {
        // A line break would end the field, so each line becomes a field; readers join them again.
        let lines = json.split(separator: UInt8(ascii: "\n")).map { Array("data: ".utf8) + $0 }
        send(
            Array("event: \(event)\n".utf8) + lines.joined(separator: [UInt8(ascii: "\n")]) + Array("\n\n".utf8)
        )
    }

    /// Ends them all; whoever wants to watch on comes again.
    package func endStreams() {
        for stream in streams.values { stream.end() }
        run()
    }

    /// A comment that keeps proxies from closing a silent stream, and finds out who has gone.
    package func heartbeat() { send(Array(":\n\n".utf8)) }

    private func send(_ bytes: [UInt8]) {
        if streams.isEmpty { return }
        for stream in streams.values { stream.push(bytes) }
        run()
    }
}
