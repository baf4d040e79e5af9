// libsystemd: the event loop, the journal, readiness. Everything we use imports as it is: the
// variadic sd_journal_send() does not, its sibling sd_journal_sendv() does.
#pragma once
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <systemd/sd-journal.h>
