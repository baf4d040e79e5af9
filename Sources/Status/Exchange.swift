// One request on its way from its first line to its answer.
internal import CMicrohttpd

final class Exchange {
    enum Step {
        case heads
        case body
        /// The corridor was asked.
        case asked
        /// Answered, or the client has gone. What comes now is dropped.
        case over
    }

    /// Path and query as they were sent.
    let target: [UInt8]
    let peer: Peer?
    var step = Step.heads
    var body: [UInt8] = []
    var conditions = FileConditions()
    /// The connection, while it is suspended; it must be resumed exactly once.
    var resting: OpaquePointer?
    private var answer: Response?

    init(target: [UInt8], peer: Peer?) {
        self.target = target
        self.peer = peer
    }

    /// Keeps the first answer of a request that still wants one.
    func accept(_ response: consuming Response) -> Bool {
        guard case .asked = step, answer == nil else { return false }
        peer?.isSentFile = response.isFile
        answer = consume response
        return true
    }

    func takeAnswer() -> Response? { answer.take() }
}
