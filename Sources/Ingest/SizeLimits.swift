// How large a file may be, which is asked before any of it is read. Pure.
internal import Model

package struct SizeLimits: Sendable {
    package var video_bytes: Int64
    package var photo_bytes: Int64

    package init(video_bytes: Int64, photo_bytes: Int64) {
        self.video_bytes = video_bytes
        self.photo_bytes = photo_bytes
    }

    /// Why a file of this size is not taken; nil if it is. What is no photo counts as a video.
    func refusal(bytes: Int64, head: [UInt8]) -> Refusal? {
        if bytes <= min(video_bytes, photo_bytes) { return nil }
        let isPhoto = FirstBytes.areOfPicture(head)
        let limit = isPhoto ? photo_bytes : video_bytes
        if bytes <= limit { return nil }
        return Refusal(
            .tooLarge,
            "It has \(ByteCount.text(bytes)); a \(isPhoto ? "photo" : "video") may have \(ByteCount.text(limit)) at most."
        )
    }
}
