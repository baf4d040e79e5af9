// Which filesystem holds a path, as the kernel's list of mounts says.
internal import CLinux
internal import Glibc
package import Model

package struct Mount: Hashable, Sendable {
    package let point: Path
    /// "ext4", "nfs4".
    package let kind: String
}

package enum MountTable {
    /// Nil where the path is not there, or the list cannot be read.
    package static func mount(of path: Path) -> Mount? {
        guard let real = path.withCString({ realpath($0, nil) }) else { return nil }
        defer { free(real) }
        let place = Path(String(cString: real))
        guard let bytes = try? Files.read(Path("/proc/self/mountinfo"), limit: 1 << 20) else { return nil }
        let fitting = parse(bytes).filter { place.isInside($0.point) }
        // Of several the deepest, and of those in one place the last, which covers the others.
        return fitting.reduce(nil) { best, mount in
            mount.point.bytes.count >= best?.point.bytes.count ?? 0 ? mount : best
        }
    }

    /// Where /etc/fstab mounts something, now or not.
    package static func planned() -> [Path] {
        var points: [Path] = []
        withUnsafeMutablePointer(to: &points) { points in
            flip_planned_mounts(
                { point, context in
                    guard let point, let context else { return }
                    context.assumingMemoryBound(to: [Path].self).pointee.append(Path(String(cString: point)))
                }, points)
        }
        return points.filter(\.isAbsolute)
    }

    /// By proc(5): the fifth word is the place, and the kind comes after a lone dash.
    package static func parse(_ bytes: [UInt8]) -> [Mount] {
        bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let words = line.split(separator: UInt8(ascii: " "))
            guard words.count > 6, let dash = words.firstIndex(where: { $0.elementsEqual("-".utf8) }),
                dash + 1 < words.count
            else { return nil }
            return Mount(
                point: Path(bytes: unescaped(words[4])), kind: String(decoding: words[dash + 1], as: UTF8.self))
        }
    }

    /// A space is written as `\040`.
    private static func unescaped(_ word: ArraySlice<UInt8>) -> [UInt8] {
        var (plain, rest) = ([UInt8](), word)
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3,
                let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                plain.append(code)
                rest = rest.dropFirst(3)
            } else {
                plain.append(byte)
            }
        }
        return plain
    }
}
