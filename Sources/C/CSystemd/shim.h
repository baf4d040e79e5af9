// libsystemd: the event loop, the journal, readiness. Everything we use imports as it is: the
// variadic sd_journal_send() does not, its sibling sd_journal_sendv() does.
#pragma once
// What its headers take from libc belongs to Swift's Glibc, whichever module a file happens to import first: otherwise
// SOCK_STREAM would be seen as this module's own, and by nobody who only imports Glibc.
#pragma clang module import SwiftGlibc
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <systemd/sd-journal.h>
