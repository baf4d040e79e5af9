import Glibc

@main struct P { static func main() {} }
