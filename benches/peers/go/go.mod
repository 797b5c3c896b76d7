module gopark.example/gopeer

go 1.22
