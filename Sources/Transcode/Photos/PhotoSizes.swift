internal import Model

/// Everything that is published of a photo, each size from the smallest picture that is still twice as large.
enum PhotoSizes {
    static func write(_ still: Still, for job: Job, _ meter: Meter) throws(Refusal) -> [MadeFile] {
        let recipe = job.photoRecipe
        let boxes = recipe.sizes.map { (Rendition.Role.box($0.width), (width: $0.width, height: $0.height)) }
        let stills: [(Rendition.Role, (width: Int, height: Int))] = [
            (.poster, (Stills.posterSide, Stills.posterSide)), (.thumb, (Stills.thumbWidth, .max)),
        ]
        let whole = (Rendition.Role.main, (width: still.width, height: still.height))
        let wanted = [whole] + (stills + boxes).sorted { $0.1.width > $1.1.width }
        var made: [Still] = [still]
        var files: [MadeFile] = []
        for (number, (role, box)) in wanted.enumerated() {
            let size = Stills.fit((still.width, still.height), into: box)
            let from = made.last { $0.width >= 2 * size.width && $0.height >= 2 * size.height } ?? still
            let small = try from.resized(size)
            let path = job.staging / role.file(of: job.id, kind: .photo)
            try small.write(path, quality: recipe.quality)
            try verify(path, size, memory_bytes: job.memory_bytes)
            if role != .main { made.append(small) }
            files.append(MadeFile(role: role, width: size.width, height: size.height))
            meter.tell(0.5 + 0.5 * Double(number + 1) / Double(wanted.count))
        }
        return files
    }

    /// Reads back what was written.
    private static func verify(
        _ path: Path, _ size: (width: Int, height: Int), memory_bytes: Int64
    ) throws(Refusal) {
        do throws(Refusal) {
            let bytes = try PhotoBytes(try FileIO.reading(path), memory_bytes: memory_bytes)
            let isWhole = try refusing { () throws(AVFailure) in try JPEG.isWhole(bytes.all, size) }
            guard isWhole else { throw unreadable }
        } catch {
            // What is wrong with it is not the original's fault.
            throw error.problem.class == .content ? unreadable : error
        }
    }

    private static let unreadable = Refusal(.ioError, "A photo that was just written could not be read back.")
}
