// SwiftPM wants one source file; everything is in the header, so that Swift can inline it.
#include "COpenSSL.h"
