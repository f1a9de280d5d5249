setlocal commentstring=#\ %s
setlocal makeprg=stein\ run\ %
