// Clips filmed with the phone held upright.

/// An MP4 whose pictures lie and are to be turned clockwise, as phones write it: by a matrix in the first track's header.
/// The `ffmpeg` command has another option for this in every version. Nil where there is no track.
package func filmedUpright(_ clip: [UInt8], height: Int) -> [UInt8]? {
    let name = Array("tkhd".utf8)
    guard let header = clip.indices.first(where: { clip[$0...].starts(with: name) }) else { return nil }
    // Numbers with 16 bits behind the point, and in the last column 30.
    let matrix: [Int32] = [0, 1 << 16, 0, -1 << 16, 0, 0, Int32(height) << 16, 0, 1 << 30]
    let start = header + name.count + 40
    guard start + 4 * matrix.count <= clip.count else { return nil }
    var clip = clip
    for (place, number) in matrix.enumerated() {
        let bits = UInt32(bitPattern: number)
        for byte in 0..<4 {
            clip[start + 4 * place + byte] = UInt8(truncatingIfNeeded: bits >> (24 - 8 * byte))
        }
    }
    return clip
}
