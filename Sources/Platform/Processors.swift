// How much of the machine there is.
internal import Glibc

package enum Processors {
    /// Those that are switched on, at least one.
    package static var count: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
