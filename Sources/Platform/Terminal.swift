internal import CLinux

/// What is known of a terminal.
package enum Terminal {
    /// Its room in characters; nil where it does not say, or is none.
    package static func size(of descriptor: Int32) -> (columns: Int, rows: Int)? {
        var (columns, rows): (Int32, Int32) = (0, 0)
        guard flip_terminal_size(descriptor, &columns, &rows) == 0 else { return nil }
        return (Int(columns), Int(rows))
    }
}
