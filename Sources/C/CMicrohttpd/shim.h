// libmicrohttpd.
#pragma once
#include <microhttpd.h>

// MHD_SIZE_UNKNOWN is a cast macro.
static const uint64_t FLIP_MHD_SIZE_UNKNOWN = MHD_SIZE_UNKNOWN;

// MHD_CONTENT_READER_END_OF_STREAM is a cast macro too.
static const ssize_t FLIP_MHD_END_OF_STREAM = MHD_CONTENT_READER_END_OF_STREAM;

// MHD_start_daemon, MHD_get_daemon_info, MHD_get_connection_info and MHD_set_connection_option are variadic.
static inline struct MHD_Daemon *flip_mhd_start(
    unsigned flags, MHD_AccessHandlerCallback handler, void *context, const struct MHD_OptionItem *options) {
    return MHD_start_daemon(flags, 0, NULL, NULL, handler, context, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}
static inline int flip_mhd_epoll_fd(struct MHD_Daemon *daemon) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info ? info->epoll_fd : -1;
}
static inline int flip_mhd_connection_fd(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}
static inline const struct sockaddr *flip_mhd_client_address(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info ? info->client_addr : NULL;
}
static inline void *flip_mhd_socket_context(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}
static inline int flip_mhd_set_timeout(struct MHD_Connection *connection, unsigned seconds) {
    return MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, seconds);
}

// MHD_OPTION_NOTIFY_COMPLETED takes a function pointer, which an option item holds as an integer.
static inline struct MHD_OptionItem flip_mhd_notify_completed(
    MHD_RequestCompletedCallback callback, void *context) {
    struct MHD_OptionItem item = {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)callback, context};
    return item;
}

// So does MHD_OPTION_NOTIFY_CONNECTION.
static inline struct MHD_OptionItem flip_mhd_notify_connection(
    MHD_NotifyConnectionCallback callback, void *context) {
    struct MHD_OptionItem item = {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)callback, context};
    return item;
}

// So does MHD_OPTION_URI_LOG_CALLBACK, which sees each request's target before it is decoded.
static inline struct MHD_OptionItem flip_mhd_uri_callback(
    void *(*callback)(void *context, const char *uri, struct MHD_Connection *connection), void *context) {
    struct MHD_OptionItem item = {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)callback, context};
    return item;
}
