// libheif: the photos of phones.
#pragma once
#include <libheif/heif.h>
