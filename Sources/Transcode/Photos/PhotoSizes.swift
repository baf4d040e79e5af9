internal import Model

/// Everything that is published of a photo, each size from the smallest picture that is still twice as large.
enum PhotoSizes {
    static func write(_ picture: Picture, for job: Job, _ meter: Meter) throws(Refusal) -> [MadeFile] {
        let recipe = job.photoRecipe
        let boxes = recipe.sizes.map { (Rendition.Role.box($0.width), (width: $0.width, height: $0.height)) }
        let stills: [(Rendition.Role, (width: Int, height: Int))] = [
            (.poster, (Stills.posterSide, Stills.posterSide)), (.thumb, (Stills.thumbWidth, .max)),
        ]
        let whole = (Rendition.Role.main, (width: picture.width, height: picture.height))
        let wanted = [whole] + (stills + boxes).sorted { $0.1.width > $1.1.width }
        var made: [Picture] = [picture]
        var files: [MadeFile] = []
        for (number, (role, box)) in wanted.enumerated() {
            let size = Picture.fit((picture.width, picture.height), into: box)
            let from = made.last { $0.width >= 2 * size.width && $0.height >= 2 * size.height } ?? picture
            let still = try refusing { () throws(VipsFailure) in
                try from.resized(size.width, size.height).drawn()
            }
            let path = job.staging / role.file(of: job.id, kind: .photo)
            try still.write(path, quality: recipe.quality)
            try verify(path, size, memory_bytes: job.memory_bytes)
            if role != .main { made.append(still) }
            files.append(MadeFile(role: role, width: size.width, height: size.height))
            meter.tell(0.5 + 0.5 * Double(number + 1) / Double(wanted.count))
        }
        return files
    }

    /// Reads back what was written: every code of it, but drawn as small as can be, which costs half.
    private static func verify(
        _ path: Path, _ size: (width: Int, height: Int), memory_bytes: Int64
    ) throws(Refusal) {
        do throws(Refusal) { try read(path, size, memory_bytes: memory_bytes) } catch {
            // What is wrong with it is not the original's fault.
            throw error.problem.class == .content ? unreadable : error
        }
    }

    private static let unreadable = Refusal(.ioError, "A photo that was just written could not be read back.")

    private static func read(
        _ path: Path, _ size: (width: Int, height: Int), memory_bytes: Int64
    ) throws(Refusal) {
        let file = try FileIO.reading(path)
        let original = try PhotoOriginal(try PhotoBytes(file, memory_bytes: memory_bytes))
        let (head, small) = try refusing { () throws(VipsFailure) in
            let head = try original.picture(.strict)
            return (head, try original.picture(.strict, shrink: head.shrinks[0]))
        }
        guard (head.width, head.height) == size, PhotoWholeness.isAllThere(small) else {
            throw unreadable
        }
    }
}
