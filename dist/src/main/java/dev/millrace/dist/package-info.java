/// Makes the archive of a release. `assemble.sh` beside this module's POM is where to begin.
package dev.millrace.dist;
