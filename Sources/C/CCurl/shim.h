// libcurl. curl_easy_setopt() and curl_easy_getinfo() are variadic: one shim for each kind of argument.
#pragma once
#include <curl/curl.h>

// curl 8.14 (Debian 13) made macros of what had been an enum's cases, and gave the last one a right spelling.
static const long FLIP_CURLUSESSL_NONE = CURLUSESSL_NONE;
static const long FLIP_CURLUSESSL_TRY = CURLUSESSL_TRY;
static const long FLIP_CURLUSESSL_ALL = CURLUSESSL_ALL;
static const CURLoption FLIP_CURLOPT_MAIL_RCPT_ALLOWFAILS = CURLOPT_MAIL_RCPT_ALLLOWFAILS;

static inline CURLcode flip_curl_set_long(CURL *c, CURLoption o, long v) { return curl_easy_setopt(c, o, v); }
static inline CURLcode flip_curl_set_text(CURL *c, CURLoption o, const char *v) { return curl_easy_setopt(c, o, v); }
static inline CURLcode flip_curl_set_list(CURL *c, CURLoption o, struct curl_slist *v) {
    return curl_easy_setopt(c, o, v);
}
static inline CURLcode flip_curl_set_pointer(CURL *c, CURLoption o, void *v) { return curl_easy_setopt(c, o, v); }
static inline CURLcode flip_curl_set_write(CURL *c, curl_write_callback v) {
    return curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, v);
}
static inline CURLcode flip_curl_set_read(CURL *c, curl_read_callback v) {
    return curl_easy_setopt(c, CURLOPT_READFUNCTION, v);
}
static inline CURLcode flip_curl_set_header(CURL *c, curl_write_callback v) {
    return curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, v);
}
static inline CURLcode flip_curl_set_progress(CURL *c, curl_xferinfo_callback v) {
    return curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, v);
}
static inline long flip_curl_status(CURL *c) {
    long status = 0;
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    return status;
}
static inline long flip_curl_os_error(CURL *c) {
    long error = 0;
    curl_easy_getinfo(c, CURLINFO_OS_ERRNO, &error);
    return error;
}
