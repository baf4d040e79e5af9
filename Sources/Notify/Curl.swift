// libcurl, begun once.
internal import CCurl

package enum Curl {
    /// Once in a process, before anything is sent: libcurl asks for it.
    package static func prepare() { curl_global_init(Int(CURL_GLOBAL_DEFAULT)) }
}
