internal import CLibAV

/// The way of one track from the original to the published video.
protocol Line: AnyObject {
    /// Its number in the original.
    var track: Int { get }
    /// Where it ends in the published video, in seconds.
    var end_s: Double { get }
    var condition: Condition { get }
    /// Adds the track to the published video and answers its number there.
    func join(_ muxer: Muxer) throws(AVFailure) -> Int
    /// Takes a packet of its track, or with nil the news that no more will come, and hands out what is ready.
    func take(_ packet: Packet?, _ consume: (Packet) throws(AVFailure) -> Void) throws(AVFailure)
}

/// In what state a track was found.
struct Condition {
    /// Packets that went in, and those among them that were damaged.
    var packets = 0
    var damaged = 0
    /// Pictures that came out; sound has none.
    var pictures = 0
    /// It turned out to be nothing that can be copied.
    var isUnfit = false

    var damage: Double { Double(damaged) / Double(max(1, packets)) }
}
