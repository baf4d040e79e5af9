/// The version of all three programs.
package let flipVersion = "0.1.0"
