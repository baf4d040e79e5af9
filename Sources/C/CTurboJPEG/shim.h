// libjpeg-turbo's own interface: JPEGs as the planes they consist of.
#pragma once
#include <turbojpeg.h>
