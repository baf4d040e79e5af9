// Everybody who is connected, for as long as they are. libmicrohttpd ends a connection on which nothing moves; one that
// brings its request byte by byte moves for ever, and would hold one of the few places.
internal import CMicrohttpd
internal import Glibc
internal import Model
internal import Platform

final class Peer {
    let descriptor: Int32
    /// Since when its next request is waited for; nil while one is being answered.
    var waitedForSince_s: Double?
    /// Its first request has not been answered yet.
    var isNew = true
    /// What it is being sent is a file.
    var isSentFile = false

    init(_ descriptor: Int32, since_s: Double) {
        self.descriptor = descriptor
        waitedForSince_s = since_s
    }
}

extension Server {
    func came(_ peer: Peer) {
        peers[ObjectIdentifier(peer)] = peer
        if latecomersDue_s == nil { latecomersDue_s = Clock.monotonic_s() + patience_s }
    }

    func went(_ peer: Peer) { peers[ObjectIdentifier(peer)] = nil }

    /// Whether somebody who is connected waits for an answer, or has just come and is about to ask. A file on its way is
    /// not waited for: it may be hours long, and its reader asks for the rest again.
    package var owesAnswers: Bool {
        let now_s = Clock.monotonic_s()
        return peers.values.contains { peer in
            guard let since_s = peer.waitedForSince_s else { return !peer.isSentFile }
            return peer.isNew && now_s - since_s < Limits.lastAnswers_s
        }
    }

    /// When there is something to do that the library knows nothing of.
    var nextDue_s: Double? {
        [latecomersDue_s, delayed.lazy.map(\.due_s).min()].compactMap(\.self).min()
    }

    /// The library finds the connection closed and clears it away.
    func showLatecomersOut() {
        let now_s = Clock.monotonic_s()
        guard let due_s = latecomersDue_s, due_s <= now_s else { return }
        var next_s: Double?
        for peer in peers.values {
            guard let since_s = peer.waitedForSince_s else {
                next_s = min(next_s ?? .infinity, now_s + patience_s)
                continue
            }
            let ends_s = since_s + patience_s
            if ends_s <= now_s {
                shutdown(peer.descriptor, Int32(SHUT_RDWR))
            } else {
                next_s = min(next_s ?? .infinity, ends_s)
            }
        }
        latecomersDue_s = next_s
    }
}
