// libinih, for configuration files. Everything we use imports as it is.
#pragma once
#include <ini.h>
