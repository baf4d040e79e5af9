// The numbers that bound what a client may ask of us, beside `Limits` in the model.
package import Model

extension Limits {
    /// More connections than this wait in the listener's queue. Each costs its memory only while it is open.
    static let connections = 512

    /// Over TCP there may be more, but one address alone never has all of them.
    static let tcpConnections = 1024
    static let tcpConnectionsOfOneAddress = 512

    /// Live streams hold their connection for hours; some must stay free for everybody else.
    static let eventStreams = 256

    /// A connection without any traffic is closed after this long.
    static let connectionIdle_s = 60

    /// So long a client may take to bring its next request, be it byte by byte.
    package static let requestPatience_s = 20.0

    /// So long those who are connected get to have their answers when flipd stops.
    package static let lastAnswers_s = 1.0

    /// A wrong token is answered so late, and later the more of them wait for their answer.
    static let wrongToken_s = 1.0
    static let wrongTokenAtMost_s = 10.0

    /// What one connection may use for its request line and headers, and for the head of its answer.
    static let connectionMemory_bytes = 32 << 10

    /// The longest path and query. Names have at most 255 bytes, tripled by percent signs, and there are a few.
    static let target_bytes = 8 << 10

    /// A caption and a collection need far less; a larger body is refused unread.
    static let requestBody_bytes = 64 << 10

    /// What may wait for a live stream's reader before it is dropped.
    static let streamBacklog_bytes = 1 << 20

    /// How often one call of `run` may go round while there is more to do, before others get their turn.
    static let turnsInOneRun = 16

    /// The shortest piece of an id that may stand for it.
    static let idPrefix = 8
}
