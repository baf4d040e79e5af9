// OpenSSL's libcrypto, for SHA-256. Everything we use imports as it is.
#pragma once
#include <openssl/evp.h>
