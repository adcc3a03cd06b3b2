/* Prints a file backwards, byte by byte: reverse FILE. Build: cc -O2 -o reverse reverse.c */
#include <stdio.h>

int main(int argc, char **argv)
{
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        perror(argc == 2 ? argv[1] : "usage: reverse FILE");
        return 2; /* a temporary failure: another host may do better */
    }

    for (long at = ftell(file) - 1; at >= 0; at--) {
        fseek(file, at, SEEK_SET);
        putchar(getc(file));
    }

    return fflush(stdout) == 0 ? 0 : 2;
}
