@rem npm runs scripts with cmd.exe on Windows, which has no exec: there this file stands in for the shells' own.
@%*
