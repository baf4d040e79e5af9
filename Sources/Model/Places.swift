/// Where flipd finds and keeps things, as its configuration says: the answer to `GET /v1/places`, and to
/// `flipd --check --json` where no flipd runs.
package struct Places: Codable, Sendable {
    package var incoming: Path
    package var library: Path
    package var state: Path
    package var socket: Path
    /// Empty where no page is served.
    package var listen: String
    /// Nil where there is none.
    @OrNull package var worker: Path?
    /// `[Backup] Destination`; empty where none is configured.
    package var backup: String
    package var warnAfter: Double
    private enum CodingKeys: String, CodingKey {
        case incoming, library, state, socket, listen, worker, backup
        case warnAfter = "warn_after"
    }

    package init(
        incoming: Path, library: Path, state: Path, socket: Path, listen: String, worker: Path?, backup: String,
        warnAfter: Double
    ) {
        self.incoming = incoming
        self.library = library
        self.state = state
        self.socket = socket
        self.listen = listen
        self.backup = backup
        self.warnAfter = warnAfter
        self.worker = worker
    }
}
