// OpenSSL's libcrypto, for SHA-256 and what is made of it. Everything we use imports as it is.
#pragma once
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
